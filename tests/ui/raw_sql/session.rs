migrate::history! {
    migration m0001_base {
        create table users { id: integer primary key autoincrement, email: text, due: date null }
    }
    migration m0002_change {
        up {
            sql postgres "alter system set work_mem = '1MB'";
            sql postgres "create database other";
            sql postgres "select set_config('search_path', '', false)";
            sql postgres "select set_config('work_mem', '1MB', true)";
            sql postgres "select pg_advisory_lock(1)";
            sql postgres "copy users from stdin";
            sql postgres "reindex table concurrently users";
            sql postgres "do $$ begin update users set email = 'x'; commit; end $$";
            sql postgres "select E'\\''; commit; select ''";
        }
        down irreversible "raw";
    }
}

fn main() {}
