migrate::migration! {
    rename table posts to articles;
    create table Users { id: integer primary key autoincrement }
    alter table users drop column emial;
}
