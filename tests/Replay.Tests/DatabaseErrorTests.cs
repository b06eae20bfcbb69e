using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Replay.Tests;

public sealed class DatabaseErrorTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_database_that_refuses_the_connection_is_told_in_one_line_soon()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        await ShouldBeToldAsync($"Host=127.0.0.1;Port={port};Username=app;Password=hunter2;Database=app");
    }

    [Fact]
    public async Task A_database_that_never_answers_is_told_in_one_line_soon()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        await ShouldBeToldAsync($"Host=127.0.0.1;Port={port};Username=app;Password=hunter2;Database=app");
    }

    [Theory]
    [InlineData("hunter2")]
    [InlineData("Host=127.0.0.1;Port=hunter2")]
    [InlineData("Host=127.0.0.1;hunter2=x")]
    public async Task What_is_no_connection_string_is_told_without_repeating_it(string connection)
    {
        var run = await ReplayRun.OfAsync("--postgres", connection);

        run.ShouldFailWithOneLine(2);
        run.Error.ShouldNotContain("hunter2");
    }

    private static async Task ShouldBeToldAsync(string connection)
    {
        var begin = Stopwatch.GetTimestamp();

        var run = await ReplayRun.OfAsync("--postgres", connection, "--json");

        run.ShouldFailWithOneLine(3);
        run.Error.ShouldContain("database");
        run.Error.ShouldNotContain("hunter2");
        Stopwatch.GetElapsedTime(begin).ShouldBeLessThan(Soon);
    }
}
