//! The history of a real application: 9 migrations, 11 tables.

migrate::history! {
    m0000_pretty_mac_gargan,
    m0001_organic_stick,
    m0002_clammy_captain_flint,
    m0003_tough_iron_lad,
    m0004_add_static_urls,
    m0005_clammy_mole_man,
    m0008_stale_marauders,
    m0009_reconcile_missing_columns,
    m0010_add_archive_columns,
}
