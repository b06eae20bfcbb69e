using System.Reflection;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Postgres.Tests.Upkeep;

public sealed class UpkeepMessagesTests
{
    [Fact]
    public async Task Every_event_of_the_store_stands_in_the_document_with_its_level()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Docs", "pipeline.md"), TestContext.Current.CancellationToken);
        var documented = lines.Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length > 3 && int.TryParse(cells[1], out var id) && id is >= 90 and < 100)
            .Select(cells => $"{cells[1]} {cells[2].Trim('`')} {cells[3]}");

        var messages = typeof(UpkeepMessages).GetMethods(BindingFlags.Static | BindingFlags.Public)
            .Select(method => (method.Name, Message: method.GetCustomAttribute<LoggerMessageAttribute>()!))
            .Where(method => method.Message is not null).ToList();

        messages.ShouldAllBe(message => message.Message.EventName == message.Name);
        documented.ShouldBe(messages.OrderBy(message => message.Message.EventId)
            .Select(message => $"{message.Message.EventId} {message.Name} {message.Message.Level}"));
    }
}
