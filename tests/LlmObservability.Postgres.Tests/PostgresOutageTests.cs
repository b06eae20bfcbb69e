using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests;

public sealed class PostgresOutageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_is_down_at_first_and_later_again_loses_nothing()
    {
        await using var server = new PostgresServer();
        await server.InitializeAsync();
        await using var store = PostgresLlmStore.Create(server.ConnectionString() + ";Password=hidden-word");
        var batch = new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(50));

        await server.StopAsync();
        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.PrepareAsync(Token));
        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldStartWith("PostgreSQL could not be reached: ");
        failure.Message.ShouldNotContain('\n');
        failure.ToString().ShouldNotContain("hidden-word");

        await server.StartAsync();
        await store.PrepareAsync(Token);
        (await store.WriteAsync(batch.Slice(0, 20), Token)).Written.ShouldBe(20);

        await server.StopAsync();
        (await Should.ThrowAsync<LlmSinkException>(async () => await store.WriteAsync(batch, Token))).Failure.ShouldBe(LlmSinkFailure.Transient);

        await server.StartAsync();
        (await store.WriteAsync(batch, Token)).ShouldBe(new LlmWriteResult(30, 20));
        (await store.ListAsync(new() { Limit = 100 }, Token)).Calls.Count.ShouldBe(50);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("hidden-word")]
    [InlineData("Host=localhost;Pasword=hidden-word")]
    [InlineData("Host=localhost;Password=hidden-word;Port=hidden-word")]
    [InlineData("Host=localhost;Password=\"hidden-word")]
    [InlineData("Password=hidden-word")]
    public void A_connection_string_that_cannot_be_read_fails_at_once_and_stays_unsaid(string connectionString)
    {
        var failure = Should.Throw<ArgumentException>(() => PostgresLlmStore.Create(connectionString));

        failure.Message.ShouldStartWith("The PostgreSQL connection string ");
        failure.ToString().ShouldNotContain("hidden-word");
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        Refused(new PostgresLlmOptions { Retention = TimeSpan.FromHours(1) }).ShouldContain("LlmObservability:Postgres:Retention must be");
        Refused(new PostgresLlmOptions { LedgerRetention = TimeSpan.FromDays(7) }).ShouldContain("LlmObservability:Postgres:LedgerRetention must be");
        Refused(new PostgresLlmOptions { LedgerRetention = TimeSpan.FromDays(367) }).ShouldContain("LlmObservability:Postgres:LedgerRetention must be");
        Refused(new PostgresLlmOptions { CommandTimeout = TimeSpan.Zero }).ShouldContain("LlmObservability:Postgres:CommandTimeout must be");
        Refused(new PostgresLlmOptions { SchemaMode = (SchemaMode)9 }).ShouldContain("LlmObservability:Postgres:SchemaMode must be");

        static string Refused(PostgresLlmOptions options) =>
            Should.Throw<ArgumentException>(() => PostgresLlmStore.Create("Host=localhost", options)).Message;
    }
}
