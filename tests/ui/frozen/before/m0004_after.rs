migrate::migration! {
    create table later { id: integer primary key autoincrement }
}
