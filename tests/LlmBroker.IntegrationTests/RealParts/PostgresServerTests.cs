using Npgsql;

namespace LlmBroker.IntegrationTests.RealParts;

public sealed class PostgresServerTests(RealPartsFixture parts)
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task KillAsync_then_StartAsync_keeps_what_was_committed()
    {
        await using var server = await PostgresServer.StartOwnAsync(CancellationToken);
        var database = await server.CreateDatabaseAsync(CancellationToken);
        await ExecuteAsync(database, "CREATE TABLE kept AS SELECT 42 AS answer");

        await server.KillAsync(CancellationToken);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(server.ConnectionString, "SELECT 1"));
        await server.StartAsync(CancellationToken);

        NpgsqlConnection.ClearAllPools();
        Assert.Equal(42, await ExecuteAsync(database, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task StopAsync_then_StartAsync_keeps_what_was_committed()
    {
        await using var server = await PostgresServer.StartOwnAsync(CancellationToken);
        await ExecuteAsync(server.ConnectionString, "CREATE TABLE kept AS SELECT 42 AS answer");

        await server.StopAsync(CancellationToken);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(server.ConnectionString, "SELECT 1"));
        await server.StartAsync(CancellationToken);

        Assert.Equal(42, await ExecuteAsync(server.ConnectionString, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task A_started_server_syncs_to_disk()
    {
        await using var server = await PostgresServer.StartOwnAsync(CancellationToken);

        Assert.Equal("on", await ExecuteAsync(server.ConnectionString, "SHOW fsync"));
        Assert.Equal("on", await ExecuteAsync(server.ConnectionString, "SHOW synchronous_commit"));
    }

    [Fact]
    public async Task CreateDatabaseAsync_makes_databases_that_do_not_see_each_other()
    {
        var one = await parts.Postgres.CreateDatabaseAsync(CancellationToken);
        var other = await parts.Postgres.CreateDatabaseAsync(CancellationToken);

        await ExecuteAsync(one, "CREATE TABLE of_one (id int)");

        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(other, "SELECT * FROM of_one"));
        await parts.Postgres.DropDatabaseAsync(one, CancellationToken);
        await parts.Postgres.DropDatabaseAsync(other, CancellationToken);
    }

    private static async Task<object?> ExecuteAsync(string connectionString, string statement)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(CancellationToken);
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync(CancellationToken);
    }
}
