using Npgsql;

namespace LlmBroker.Ledger;

/// <summary>
/// Rows for Postgres, column by column in the order of the calls: as the arrays that <c>unnest</c> takes, one parameter a column, or for COPY.
/// </summary>
/// <param name="sql">The statement that takes the arrays. To be copied it begins with INSERT INTO, the table and its columns.</param>
/// <param name="rows">The rows.</param>
internal sealed class PostgresColumns<TRow>(string sql, IReadOnlyList<TRow> rows) : IPostgresRows
{
    private readonly List<Func<NpgsqlParameter>> arrays = [];
    private readonly List<Action<PostgresCopyBuffer, TRow>> fields = [];

    public int Count => rows.Count;

    public NpgsqlBatchCommand Command
    {
        get
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var array in arrays)
                command.Parameters.Add(array());
            return command;
        }
    }

    public async Task CopyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var columns = sql[..(sql.IndexOf(')', StringComparison.Ordinal) + 1)].Replace("INSERT INTO", "COPY", StringComparison.Ordinal);
        using var buffer = new PostgresCopyBuffer();
        foreach (var row in rows)
        {
            buffer.BeginRow(fields.Count);
            foreach (var field in fields)
                field(buffer, row);
        }

        buffer.End();
        await using var copy = await connection.BeginRawBinaryCopyAsync($"{columns} FROM STDIN (FORMAT BINARY)", cancellationToken);
        await copy.WriteAsync(buffer.Written, cancellationToken);
    }

    public PostgresColumns<TRow> Add<T>(Func<TRow, T> value) => Add(value, (buffer, row) => buffer.Write(value(row)));

    public PostgresColumns<TRow> Text(Func<TRow, string?> value) => Add(row => StoredText.Clean(value(row)));

    public PostgresColumns<TRow> Time(Func<TRow, DateTimeOffset> value) => Add(row => value(row).ToUniversalTime());

    /// <summary>Text that the statement casts.</summary>
    public PostgresColumns<TRow> Json(Func<TRow, string?> value) => Add(value, (buffer, row) => buffer.WriteJson(value(row)));

    private PostgresColumns<TRow> Add<T>(Func<TRow, T> value, Action<PostgresCopyBuffer, TRow> field)
    {
        arrays.Add(() =>
        {
            var column = new T[rows.Count];
            for (var i = 0; i < column.Length; i++)
                column[i] = value(rows[i]);
            return new NpgsqlParameter<T[]> { TypedValue = column };
        });
        fields.Add(field);
        return this;
    }
}
