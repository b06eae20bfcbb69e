using System.Reflection;
using LlmObservability.AspNetCore.Tests.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace LlmObservability.AspNetCore.Tests;

/// <summary>docs/aspnetcore.md tells every name.</summary>
public sealed class DocumentTests
{
    [Fact]
    public async Task Every_metric_stands_in_it()
    {
        var document = await ReadAsync();
        await using var rig = await WebRig.StartAsync(app => app.MapLlmMetrics(), options => options.Metrics.GatewayNames = true);
        await Conversation.HoldAsync(rig);
        var names = Exposition.Parse(await rig.ScrapeAsync(), openMetrics: false).Families.Select(family => family.Name)
            .Where(name => !name.StartsWith("llm_observability_pipeline_", StringComparison.Ordinal)).ToList();

        names.Count.ShouldBeGreaterThan(25);
        names.ShouldAllBe(name => document.Contains($"`{name}`", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_log_message_stands_in_it_with_its_level()
    {
        var document = await ReadAsync();
        var messages = typeof(LlmAspNetCoreOptions).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => (method.Name, Message: method.GetCustomAttribute<LoggerMessageAttribute>()!))
            .Where(method => method.Message is not null).ToList();

        messages.Count.ShouldBe(6);
        messages.Select(message => message.Message.EventId).ShouldBeUnique();
        messages.ShouldAllBe(message => message.Message.EventName == message.Name && message.Message.EventId >= 100 && message.Message.EventId <= 109);
        messages.ShouldAllBe(message => document.Contains($"| {message.Message.EventId} | `{message.Name}` | {message.Message.Level} |", StringComparison.Ordinal));
    }

    private static Task<string> ReadAsync() =>
        File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Docs", "aspnetcore.md"), WebRig.Token);
}
