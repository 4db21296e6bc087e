migrate::migration! {
    create table notes { id: integer primary key autoincrement }
}
