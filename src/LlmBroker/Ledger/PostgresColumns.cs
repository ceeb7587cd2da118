using Npgsql;

namespace LlmBroker.Ledger;

/// <summary>Turns rows into the arrays that <c>unnest</c> takes: one parameter a column, in the order of the calls.</summary>
internal sealed class PostgresColumns<TRow>(string sql, IReadOnlyList<TRow> rows)
{
    public NpgsqlBatchCommand Command { get; } = new(sql);

    public PostgresColumns<TRow> Add<T>(Func<TRow, T> value)
    {
        var column = new T[rows.Count];
        for (var i = 0; i < column.Length; i++)
            column[i] = value(rows[i]);
        Command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = column });
        return this;
    }

    public PostgresColumns<TRow> Text(Func<TRow, string?> value) => Add(row => StoredText.Clean(value(row)));

    public PostgresColumns<TRow> Time(Func<TRow, DateTimeOffset> value) => Add(row => value(row).ToUniversalTime());
}
