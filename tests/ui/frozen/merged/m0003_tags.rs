migrate::migration! {
    create table tags { id: integer primary key autoincrement }
}
