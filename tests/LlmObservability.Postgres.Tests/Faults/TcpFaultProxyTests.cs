using System.Net;
using System.Net.Sockets;
using System.Text;
using LlmObservability.Testing;
using LlmObservability.Testing.Faults;

namespace LlmObservability.Postgres.Tests.Faults;

/// <summary>The proxy breaks what it is told to, and nothing else.</summary>
public sealed class TcpFaultProxyTests : IAsyncDisposable
{
    private readonly TcpListener _echo = new(IPAddress.Loopback, 0);
    private readonly TcpFaultProxy _proxy;

    public TcpFaultProxyTests()
    {
        _echo.Start();
        _ = EchoAsync();
        _proxy = new TcpFaultProxy(((IPEndPoint)_echo.LocalEndpoint).Port);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _echo.Dispose();
    }

    [Fact]
    public async Task Bytes_go_through_both_ways_and_are_counted()
    {
        using var client = await ConnectAsync();
        (await SayAsync(client, "hello", 5)).ShouldBe("hello");
        _proxy.Passed(TcpDirection.ToServer).ShouldBe(5);
        _proxy.Passed(TcpDirection.ToClient).ShouldBe(5);
        client.Client.Shutdown(SocketShutdown.Send);
        (await client.Client.ReceiveAsync(new byte[1], Token)).ShouldBe(0);
        await Eventually.Is(() => _proxy.Open == 0, "the connection is forgotten");
    }

    [Fact]
    public async Task A_black_hole_holds_everything_until_it_is_healed()
    {
        using var client = await ConnectAsync();
        await SayAsync(client, "a", 1);
        _proxy.BlackHole();
        await client.GetStream().WriteAsync("b"u8.ToArray(), Token);
        using var late = await ConnectAsync();
        await late.GetStream().WriteAsync("c"u8.ToArray(), Token);
        await Eventually.Is(() => _proxy.Accepted == 2, "the second connection is accepted");
        _proxy.Passed(TcpDirection.ToServer).ShouldBe(1);

        _proxy.Heal();

        (await SayAsync(client, "d", 2)).ShouldBe("bd");
        (await SayAsync(late, "e", 2)).ShouldBe("ce");
    }

    [Fact]
    public async Task Refused_clients_can_connect_again_once_it_is_healed()
    {
        using var client = await ConnectAsync();
        _proxy.Refuse();
        (await Should.ThrowAsync<SocketException>(ConnectAsync)).SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        (await SayAsync(client, "still open", 10)).ShouldBe("still open");
        _proxy.Heal();
        using var again = await ConnectAsync();
        (await SayAsync(again, "back", 4)).ShouldBe("back");
    }

    [Theory]
    [InlineData(TcpDirection.ToServer, 3, 3, 3)]
    [InlineData(TcpDirection.ToClient, 3, 10, 3)]
    [InlineData(TcpDirection.ToServer, 0, 0, 0)]
    public async Task A_cut_after_so_many_bytes_lets_exactly_those_through(TcpDirection direction, int bytes, int toServer, int toClient)
    {
        using var client = await ConnectAsync();
        var cut = TcpTrigger.AfterBytes(direction, bytes, TcpEnd.Close);
        _proxy.Set(cut);
        await SayAsync(client, "0123456789", 10);
        await cut.Fired.WaitAsync(Eventually.Bound, Token);
        _proxy.Passed(TcpDirection.ToServer).ShouldBe(toServer);
        _proxy.Passed(TcpDirection.ToClient).ShouldBeLessThanOrEqualTo(toClient);

        // Once only.
        using var again = await ConnectAsync();
        (await SayAsync(again, "0123456789", 10)).ShouldBe("0123456789");
    }

    [Theory]
    [InlineData(true, 0, 9)]
    [InlineData(false, 0, 5)]
    [InlineData(true, 1, 16)]
    public async Task A_text_is_found_though_it_comes_in_two_packets(bool pass, int skip, int passed)
    {
        using var client = await ConnectAsync();
        var cut = TcpTrigger.AtText(TcpDirection.ToServer, "COMMIT", pass, TcpEnd.Reset, skip);
        _proxy.Set(cut);
        (await SayAsync(client, "xxxCO", 5)).ShouldBe("xxxCO");
        await SayAsync(client, "MMIT", 4);
        if (skip > 0)
        {
            await SayAsync(client, "yCOMMIT", 7);
        }

        await cut.Fired.WaitAsync(Eventually.Bound, Token);
        _proxy.Passed(TcpDirection.ToServer).ShouldBe(passed);
        await Eventually.Is(() => _proxy.Open == 0, "the connection is cut");
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_delays()
    {
        await using var other = new TcpFaultProxy(1, seed: 1);
        foreach (var proxy in new[] { _proxy, other })
        {
            (proxy.Delay, proxy.Jitter) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5));
        }

        var delays = Enumerable.Range(0, 20).Select(_ => _proxy.NextDelay()).ToArray();
        delays.ShouldBe(Enumerable.Range(0, 20).Select(_ => other.NextDelay()).ToArray());
        delays.ShouldAllBe(delay => delay >= TimeSpan.FromMilliseconds(1) && delay <= TimeSpan.FromMilliseconds(6));
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Port, Token);
        return client;
    }

    /// <summary>Sends, and reads that many bytes or to the end.</summary>
    private static async Task<string> SayAsync(TcpClient client, string text, int expected)
    {
        var heard = new byte[expected];
        var count = 0;
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Token);
            count = await client.GetStream().ReadAtLeastAsync(heard, expected, throwOnEndOfStream: false, Token);
        }
        catch (IOException)
        {
            // Reset.
        }

        return Encoding.ASCII.GetString(heard, 0, count);
    }

    private async Task EchoAsync()
    {
        try
        {
            while (true)
            {
                var client = await _echo.AcceptTcpClientAsync(Token);
                _ = AnswerAsync(client);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static async Task AnswerAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await client.GetStream().CopyToAsync(client.GetStream(), Token);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Cut.
        }
    }
}
