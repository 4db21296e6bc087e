migrate::history! {
    m0001_users,
    m0001_users,
}
