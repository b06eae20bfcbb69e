using LlmObservability.Dashboard.Tests.Description;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmObservability.Dashboard.Tests.Host;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("QueryTimeout", "00:00:00.05")]
    [InlineData("QueryTimeout", "00:11:00")]
    [InlineData("MaxRequestsPerSecond", "0")]
    [InlineData("MaxConcurrentRequests", "1001")]
    [InlineData("MaxExports", "0")]
    [InlineData("MaxExportCalls", "0")]
    [InlineData("ExportTimeout", "00:00:00")]
    [InlineData("MaxLiveFeeds", "1001")]
    [InlineData("LiveInterval", "00:00:00.01")]
    [InlineData("LiveCalls", "9")]
    [InlineData("LiveWindow", "00:00:30")]
    [InlineData("LiveHeartbeat", "00:06:00")]
    [InlineData("MaxLiveDuration", "00:00:00.5")]
    [InlineData("SlowReaderTimeout", "00:00:00.5")]
    [InlineData("AuthorizationPolicy", " ")]
    public void An_option_out_of_its_range_stops_the_start_and_says_what_to_change(string option, string value)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [$"LlmObservability:Dashboard:{option}"] = value });
        builder.Services.AddLlmObservability();
        using var app = builder.Build();
        Should.Throw<OptionsValidationException>(() => app.MapLlmObservability())
            .Message.ShouldStartWith($"Set LlmObservability:Dashboard:{option} to ");
    }

    [Fact]
    public void Two_answers_to_who_may_come_in_are_refused()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Services.AddLlmObservability();
        using var app = builder.Build();
        Should.Throw<OptionsValidationException>(() => app.MapLlmObservability(configure: options =>
            (options.AuthorizationPolicy, options.AllowAnonymousAccess) = ("readers", true)));
    }

    [Fact]
    public async Task Options_come_from_the_configuration_and_code_wins()
    {
        await using var host = await ApiHost.StartAsync(
            environment: "Production",
            build: builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["LlmObservability:Dashboard:AllowAnonymousAccess"] = "true",
                ["LlmObservability:Dashboard:MaxExportCalls"] = "5",
            }),
            configure: options =>
            {
                options.MaxExportCalls.ShouldBe(5);
                options.MaxExportCalls = 6;
            });
        (await host.Client.GetAsync("calls")).GetProperty("calls").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public void Without_the_observer_the_mapping_says_what_is_missing()
    {
        using var app = WebApplication.CreateBuilder().Build();
        Should.Throw<InvalidOperationException>(() => app.MapLlmObservability()).Message.ShouldContain("AddLlmObservability");
    }

    [Fact]
    public async Task It_may_be_mapped_anywhere_and_behind_a_path_base()
    {
        await using var host = await ApiHost.StartAsync(
            before: app => app.UsePathBase("/base").UseRouting(),
            mapped: (app, _) => app.MapLlmObservability("/a/{section}/b"));
        foreach (var root in new[] { "base/llm/api/v1/", "a/x/b/api/v1/", "llm/api/v1/" })
        {
            using var client = new ApiClient(new Uri(host.Address, root));
            await client.GetAsync("calls");
        }
    }
}
