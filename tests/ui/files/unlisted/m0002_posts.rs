migrate::migration! {
    create table posts {
        id: integer primary key autoincrement,
        user_id: integer references users (id),
    }
}
