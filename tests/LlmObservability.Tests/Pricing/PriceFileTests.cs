using LlmObservability.Pricing;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmObservability.Tests.Pricing;

public sealed class PriceFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"prices-{Guid.NewGuid():N}.json");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task Prices_and_deployments_of_a_file_count_and_a_change_is_read_while_running()
    {
        var time = new ManualTimeProvider();
        using var log = new RecordedLog();
        await File.WriteAllTextAsync(_path, """{ "prices": [ { "model": "mine", "input": 1, "output": 2 } ], "deployments": [ { "name": "prod", "model": "mine" } ] }""", Token);
        await using var observer = LlmObserver.Create([new RecordingSink()], new LlmObservabilityOptions { PriceFile = _path }, time, log);
        var client = Client(observer);
        (await CostAsync(client, "mine")).ShouldBe(1_200_000);
        (await CostAsync(client, "prod")).ShouldBe(1_200_000);

        await File.WriteAllTextAsync(_path, """{ "prices": [ { "model": "mine", "input": 10, "output": 20 } ] }""", Token);
        time.Advance(TimeSpan.FromSeconds(5));
        await Eventually.Is(() => log.Events.Contains("PricesReloaded"), "the file was read anew");
        (await CostAsync(client, "mine")).ShouldBe(12_000_000);
        (await CostAsync(client, "prod")).ShouldBeNull();
    }

    [Fact]
    public async Task A_file_that_became_wrong_leaves_the_old_prices_and_is_told_of_once()
    {
        var time = new ManualTimeProvider();
        using var log = new RecordedLog();
        await File.WriteAllTextAsync(_path, """{ "prices": [ { "model": "mine", "input": 1, "output": 2 } ] }""", Token);
        await using var observer = LlmObserver.Create([new RecordingSink()], new LlmObservabilityOptions { PriceFile = _path }, time, log);
        var client = Client(observer);
        await File.WriteAllTextAsync(_path, """{ "prices": [ { "model": "mine", "input": -1, "output": 2 } ] }""", Token);
        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(5));
        }

        await Eventually.Is(() => log.Events.Contains("PricesNotReloaded"), "the file was refused");
        (await CostAsync(client, "mine")).ShouldBe(1_200_000);
        var (level, _, message) = log.Entries.ShouldHaveSingleItem();
        level.ShouldBe(LogLevel.Error);
        message.ShouldContain("prices[0].input");
        message.ShouldContain(_path);
    }

    [Theory]
    [InlineData("{ \"prices\": [ { \"model\": \"mine\", \"input\": 1 } ] }", "prices[0].output")]
    [InlineData("{ \"prices\": [ { \"model\": \"mine\", \"input\": 1e9, \"output\": 1 } ] }", "prices[0].input")]
    [InlineData("{ \"prices\": [ { \"modle\": \"mine\" } ] }", "prices[0].modle")]
    [InlineData("{ \"deployments\": [ { \"name\": \"prod\" } ] }", "deployments[0].model")]
    [InlineData("{ \"price\": [] }", "'price'")]
    [InlineData("{", "cannot be read")]
    [InlineData(null, "cannot be read")]
    public async Task A_wrong_file_is_an_error_at_start_with_path_entry_and_field(string? content, string place)
    {
        if (content is not null)
        {
            await File.WriteAllTextAsync(_path, content, Token);
        }

        var error = Should.Throw<OptionsValidationException>(() => LlmObserver.Create([], new LlmObservabilityOptions { PriceFile = _path }));
        error.Message.ShouldContain(_path);
        error.Message.ShouldContain(place);
    }

    [Fact]
    public async Task A_model_without_a_price_is_told_of_once_a_name()
    {
        using var log = new RecordedLog();
        await using var observer = LlmObserver.Create([new RecordingSink()], loggerFactory: log);
        var client = Client(observer);
        for (var i = 0; i < 3; i++)
        {
            (await CostAsync(client, "nobody-knows")).ShouldBeNull();
            (await CostAsync(client, "nobody-knows-either")).ShouldBeNull();
        }

        log.Events.ShouldBe(["ModelWithoutPrice", "ModelWithoutPrice"]);
        log.Entries[0].Message.ShouldContain("nobody-knows");
    }

    private static IChatClient Client(LlmObserver observer) => new ScriptedChatClient
    {
        Respond = (_, options, _) => Task.FromResult(ScriptedChatClient.Response(model: options!.ModelId!)),
        Metadata = new ChatClientMetadata("our-gateway"),
    }.WithLlmObservability(observer);

    private static async Task<long?> CostAsync(IChatClient client, string model) =>
        (await client.GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = model }, Token)).GetLlmCall()!.Cost?.TotalNanos;
}
