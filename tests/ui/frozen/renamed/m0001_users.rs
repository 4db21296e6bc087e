migrate::migration! {
    create table users { id: integer primary key autoincrement, email: text }
}
