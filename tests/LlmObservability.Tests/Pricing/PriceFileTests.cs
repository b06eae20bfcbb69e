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
    public async Task Prices_that_differ_by_context_tier_and_place_stand_in_a_file_as_in_the_catalog()
    {
        await File.WriteAllTextAsync(
            _path,
            """{ "prices": [ { "model": "mine", "prices": [ { "in": 1, "out": 2, "tiers": [ { "over": 999, "in": 3 } ], "batch": { "in": 0.5 } } ], "geo": { "us": 2 } }, { "model": "talks", "input": 0, "output": 0, "request": 7 } ] }""",
            Token);
        var catalog = PriceBook.Load(new LlmObservabilityOptions { PriceFile = _path });
        var query = new PriceQuery { RequestModel = "mine", Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 999 } };
        long? Nanos(PriceQuery asked) => new CallPricer(catalog).Price(asked).Cost?.TotalNanos;

        Nanos(query).ShouldBe(999_000);
        Nanos(query with { Tokens = query.Tokens with { UncachedInput = 1_000 } }).ShouldBe(3_000_000);
        Nanos(query with { ServiceTier = "batch" }).ShouldBe(499_500);
        Nanos(query with { Geo = "us" }).ShouldBe(1_998_000);
        Nanos(query with { RequestModel = "talks" }).ShouldBe(7_000_000);
    }

    [Fact]
    public async Task A_catalog_file_takes_the_place_of_the_librarys_and_a_change_is_read_while_running()
    {
        static string Catalog(int price) =>
            $$"""{"schema":"llm-prices/1","sourceDate":"2027-01-01","providers":[{"id":"our-gateway","models":[{"id":"new-model","prices":[{"in":{{price}},"out":{{price}}}]}]}]}""";
        var time = new ManualTimeProvider();
        using var log = new RecordedLog();
        await File.WriteAllTextAsync(_path, Catalog(1), Token);
        var options = new LlmObservabilityOptions { CatalogFile = _path, Prices = { new PriceOverride { Model = "mine", Input = 2, Output = 2 } } };
        await using var observer = LlmObserver.Create([new RecordingSink()], options, time, log);
        var client = Client(observer);
        (await CostAsync(client, "new-model")).ShouldBe(1_100_000);
        (await CostAsync(client, "mine")).ShouldBe(2_200_000);

        await File.WriteAllTextAsync(_path, Catalog(10), Token);
        time.Advance(TimeSpan.FromSeconds(5));
        await Eventually.Is(() => log.Events.Contains("PricesReloaded"), "the catalog was read anew");
        (await CostAsync(client, "new-model")).ShouldBe(11_000_000);
        (await CostAsync(client, "mine")).ShouldBe(2_200_000);

        await File.WriteAllTextAsync(_path, Catalog(-10), Token);
        time.Advance(TimeSpan.FromSeconds(5));
        await Eventually.Is(() => log.Events.Contains("PricesNotReloaded"), "the catalog was refused");
        (await CostAsync(client, "new-model")).ShouldBe(11_000_000);
        log.Entries[^1].Message.ShouldContain("new-model");
    }

    [Fact]
    public void A_catalog_file_that_is_not_there_is_an_error_at_start()
    {
        Should.Throw<OptionsValidationException>(() => LlmObserver.Create([], new LlmObservabilityOptions { CatalogFile = _path }))
            .Message.ShouldContain(_path);
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
    [InlineData("{ \"prices\": [ { \"model\": \"mine\", \"prices\": [] } ] }", "prices[0].prices")]
    [InlineData("{ \"prices\": [ { \"model\": \"mine\", \"prices\": [ { \"in\": 1, \"inn\": 1 } ] } ] }", "prices[0].prices[0].inn")]
    [InlineData("{ \"prices\": [ { \"model\": \"mine\", \"input\": 1, \"prices\": [ { \"in\": 1 } ] } ] }", "prices[0].input")]
    [InlineData("{ \"prices\": [ { \"model\": \"mine\", \"geo\": { \"us\": 0 }, \"prices\": [ { \"in\": 1 } ] } ] }", "prices[0].geo.us")]
    [InlineData("{ \"deployments\": [ { \"name\": \"prod\" } ] }", "deployments[0].model")]
    [InlineData("{ \"prices\": [ { \"model\": \" \", \"input\": 1, \"output\": 1 } ] }", "prices[0].model")]
    [InlineData("{ \"prices\": [ { \"model\": \"mine\\ud800\", \"input\": 1, \"output\": 1 } ] }", "prices[0].model")]
    [InlineData("{ \"prices\": [ { \"\\ud800\": 1 } ] }", "Unicode")]
    [InlineData("{ \"deployments\": [ { \"name\": \" \", \"model\": \"gpt-4o\" } ] }", "deployments[0].name")]
    [InlineData("{ \"deployments\": [ { \"name\": \"a\", \"model\": \"gpt-99\", \"modelProvider\": \"openai\" } ] }", "deployments[0]")]
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
    public async Task A_byte_order_mark_and_blanks_around_names_change_nothing()
    {
        await File.WriteAllTextAsync(
            _path, "\uFEFF" + """{ "prices": [ { "model": " mine ", "prices": [ { "in": 1 } ] } ] }""", Token);
        var query = new PriceQuery { RequestModel = "mine", Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000 } };
        new CallPricer(PriceBook.Load(new LlmObservabilityOptions { PriceFile = _path })).Price(query).Nanos().ShouldBe(1_000_000);
    }

    [Fact]
    public async Task Of_equal_names_the_last_wins_a_file_goes_before_the_options_and_an_exact_name_before_a_pattern()
    {
        var options = new LlmObservabilityOptions
        {
            Prices =
            {
                new PriceOverride { Model = "twice", Input = 1, Output = 0 },
                new PriceOverride { Model = "twice", Input = 2, Output = 0 },
                new PriceOverride { Model = "filed", Input = 3, Output = 0 },
                new PriceOverride { Model = "filed-too", Input = 4, Output = 0 },
            },
            Deployments = { new ModelDeployment { Name = "prod", Model = "filed" }, new ModelDeployment { Name = "prod", Model = "twice" } },
            PriceFile = _path,
        };
        await File.WriteAllTextAsync(
            _path,
            """{ "prices": [ { "model": "filed", "input": 5, "output": 0 }, { "model": "filed", "input": 6, "output": 0 }, { "model": "filed*", "input": 7, "output": 0 } ] }""",
            Token);
        var pricer = new CallPricer(PriceBook.Load(options));
        long Nanos(string model) => pricer.Price(
            new PriceQuery { RequestModel = model, Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000 } }).Nanos();

        Nanos("twice").ShouldBe(2_000_000);
        Nanos("prod").ShouldBe(2_000_000);
        Nanos("filed").ShouldBe(6_000_000);
        Nanos("filed-too").ShouldBe(4_000_000);
        Nanos("filed-else").ShouldBe(7_000_000);
    }

    [Fact]
    public async Task A_mounted_file_whose_directory_link_is_swapped_is_read_anew()
    {
        // As a container's configuration is mounted: prices.json -> ..data/prices.json, ..data -> a directory of that version.
        var mount = Directory.CreateTempSubdirectory("prices-");
        try
        {
            async Task WriteAsync(string version, int price)
            {
                var directory = mount.CreateSubdirectory(version).FullName;
                await File.WriteAllTextAsync(
                    Path.Combine(directory, "prices.json"), $$"""{ "prices": [ { "model": "mine", "input": {{price}}, "output": 0 } ] }""", Token);
                File.SetLastWriteTimeUtc(Path.Combine(directory, "prices.json"), new DateTime(2026, 1, price, 0, 0, 0, DateTimeKind.Utc));
                Directory.Delete(Path.Combine(mount.FullName, "..data"));
                Directory.CreateSymbolicLink(Path.Combine(mount.FullName, "..data"), version);
            }

            mount.CreateSubdirectory("..data");
            await WriteAsync("..1", 1);
            var path = File.CreateSymbolicLink(Path.Combine(mount.FullName, "prices.json"), Path.Combine("..data", "prices.json")).FullName;
            var time = new ManualTimeProvider();
            using var log = new RecordedLog();
            await using var observer = LlmObserver.Create([new RecordingSink()], new LlmObservabilityOptions { PriceFile = path }, time, log);
            var client = Client(observer);
            (await CostAsync(client, "mine")).ShouldBe(1_000_000);

            await WriteAsync("..2", 2);
            time.Advance(TimeSpan.FromSeconds(5));
            await Eventually.Is(() => log.Events.Contains("PricesReloaded"), "the file was read anew");
            (await CostAsync(client, "mine")).ShouldBe(2_000_000);
        }
        finally
        {
            mount.Delete(recursive: true);
        }
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
