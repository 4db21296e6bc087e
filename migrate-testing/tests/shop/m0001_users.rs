migrate::migration! {
    create table users { id: integer primary key autoincrement, name: text, mail: text null }
    create table orders { id: integer primary key autoincrement, user: integer references users (id) on delete cascade }
}
