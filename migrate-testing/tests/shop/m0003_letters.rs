migrate::migration! {
    up {
        insert into people (name) values ("ada");
        call { sqlite super::letters::count, postgres super::letters::count_there };
    }
    down { delete from people; }
}
