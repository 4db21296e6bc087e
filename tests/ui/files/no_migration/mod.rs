migrate::history! {
    m0001_users,
}
