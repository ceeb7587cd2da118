using Dapper;

namespace LlmBroker.Ledger;

/// <summary>Which RabbitMQ user publishes for which tenant.</summary>
internal sealed class TenantStore(ILedgerDatabase database, TimeProvider time)
{
    public Task<IReadOnlyList<TenantMapping>> ListAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<TenantMapping>>(
            async connection =>
            {
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    "SELECT rabbitmq_user, tenant, reply_prefix, created_at FROM tenants ORDER BY rabbitmq_user",
                    cancellationToken: cancellationToken));
                var tenants = new List<TenantMapping>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    tenants.Add(new TenantMapping(
                        reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3)));
                }

                return tenants;
            },
            cancellationToken);

    /// <summary>Adds the user; one that is there already gets the new tenant and prefix.</summary>
    public Task AddAsync(string rabbitMqUser, string tenant, string replyPrefix, CancellationToken cancellationToken) => database.ChangeAsync(
        (connection, transaction) => connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO tenants (rabbitmq_user, tenant, reply_prefix, created_at) VALUES (@rabbitMqUser, @tenant, @replyPrefix, @now)
            ON CONFLICT (rabbitmq_user) DO UPDATE SET tenant = excluded.tenant, reply_prefix = excluded.reply_prefix
            """,
            new { rabbitMqUser, tenant, replyPrefix, now = SqliteDatabase.Time(time.GetUtcNow()) },
            transaction,
            cancellationToken: cancellationToken)),
        cancellationToken);
}

/// <summary>A RabbitMQ user, whose messages are the tenant's and whose reply queues begin with the prefix.</summary>
internal sealed record TenantMapping(string RabbitMqUser, string Tenant, string ReplyPrefix, DateTimeOffset CreatedAt);
