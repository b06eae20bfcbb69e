using System.Reflection;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Tests.Diagnostics;

public sealed class LogMessagesTests
{
    private static readonly (string Method, LoggerMessageAttribute Message)[] Messages =
    [
        .. typeof(LlmObserver).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => (method.Name, Message: method.GetCustomAttribute<LoggerMessageAttribute>()!))
            .Where(method => method.Message is not null),
    ];

    [Fact]
    public void Event_ids_are_unique_and_each_event_has_its_methods_name()
    {
        Messages.Length.ShouldBeGreaterThan(10);
        Messages.Select(message => message.Message.EventId).ShouldBeUnique();
        Messages.ShouldAllBe(message => message.Message.EventName == message.Method);
    }

    [Fact]
    public async Task Every_event_stands_in_the_document_with_its_level_under_the_range_of_its_id()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Docs", "pipeline.md"), TestContext.Current.CancellationToken);
        // A row is "| 20 | `SinkFailing` | Warning | …"; a heading of ranges is "### 20 to 39: …".
        var range = (From: 0, To: -1);
        var documented = new List<(int Id, string Name, string Level)>();
        foreach (var line in lines)
        {
            if (line.StartsWith("### ", StringComparison.Ordinal) && line[4..].Split(' ', ':') is [var from, "to", var to, ..])
            {
                range = (int.Parse(from), int.Parse(to));
            }
            else if (line.Split('|', StringSplitOptions.TrimEntries) is ["", var id, var name, var level, ..] && int.TryParse(id, out var number))
            {
                number.ShouldBeInRange(range.From, range.To, line);
                documented.Add((number, name.Trim('`'), level));
            }
        }

        // From 90 on they are the PostgreSQL store's, whose tests look at them.
        documented.Where(row => row.Id < 90).ShouldBe(Messages.Select(message => (message.Message.EventId, message.Method, message.Message.Level.ToString())).OrderBy(row => row.EventId));
    }
}
