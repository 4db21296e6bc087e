//! What other databases call a type, and what it is called here.

/// Our word for a type of another database.
pub(super) fn ours(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    super::data_type::TYPES.iter().copied().find(|ours| *ours == word).or_else(|| foreign(&word))
}

fn foreign(word: &str) -> Option<&'static str> {
    Some(match word {
        "varchar" | "nvarchar" | "varchar2" => "text(n)",
        "string" | "str" | "clob" | "longtext" | "mediumtext" | "tinytext" | "citext" | "ntext" => "text",
        "character" | "nchar" | "bpchar" => "char(n)",
        "int" | "int8" | "bigint" | "i64" | "long" | "int64" => "integer",
        "int4" | "mediumint" | "i32" | "int32" => "integer(32)",
        "int2" | "smallint" | "tinyint" | "i16" | "int16" => "integer(16)",
        "serial" | "bigserial" | "serial8" => "integer primary key autoincrement",
        "serial4" => "integer(32) primary key autoincrement",
        "smallserial" | "serial2" => "integer(16) primary key autoincrement",
        "bool" | "bit" => "boolean",
        "jsonb" => "json",
        "float" | "double" | "float8" | "f64" => "real",
        "float4" | "f32" => "real(32)",
        "numeric" | "number" | "money" => "decimal(p, s)",
        "bytea" | "binary" | "varbinary" | "bytes" | "longblob" | "mediumblob" | "tinyblob" => "blob",
        "guid" | "uniqueidentifier" => "uuid",
        "datetime2" | "smalldatetime" => "datetime",
        "timestamptz" | "datetimeoffset" => "datetimetz",
        _ => return None,
    })
}
