using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Calls;

/// <summary>A random tree of clients, some of them wrapped, every provider wrapped; it counts what its providers did.</summary>
internal sealed class CallTree(Random random, LlmObserver observer)
{
    private const int MaxDepth = 4;
    private int _calls;
    private long _input;
    private long _output;
    private int _completed;

    /// <summary>How many times a provider was called.</summary>
    public int ProviderCalls => Volatile.Read(ref _calls);

    /// <summary>How many of these calls were billed.</summary>
    public int Completed => Volatile.Read(ref _completed);

    public long InputTokens => Interlocked.Read(ref _input);

    public long OutputTokens => Interlocked.Read(ref _output);

    /// <summary>The whole, wrapped.</summary>
    public IChatClient Create() => Wrapped(new Each([Node(0)]));

    private IChatClient Wrapped(IChatClient client) => client.WithLlmObservability(observer, new LlmClientOptions { OnlyWrappedInside = client is not Provider });

    private IChatClient Node(int depth)
    {
        if (depth == MaxDepth || random.Next(3) == 0)
        {
            return Wrapped(new Provider(this, random.Next()));
        }

        if (random.Next(8) == 0)
        {
            return new Cache();
        }

        IChatClient[] children = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Node(depth + 1))];
        IChatClient group = random.Next(3) switch
        {
            0 => new Failover(children),
            1 => new Hedge(children),
            _ => new Each(children),
        };
        return random.Next(2) == 0 ? Wrapped(group) : group;
    }

    private static ChatResponse Response(long input, long output) => new(new ChatMessage(ChatRole.Assistant, "Hello"))
    {
        ModelId = "gpt-4o-mini-2024-07-18",
        Usage = new UsageDetails { InputTokenCount = input, OutputTokenCount = output },
    };

    /// <summary>Answers, at once or not, whole or streamed; or fails.</summary>
    private sealed class Provider(CallTree tree, int seed) : Client
    {
        private readonly Random _random = new(seed);

        public override object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("openai", null, "gpt-4o-mini") : null;

        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref tree._calls);
            int dice;
            long input, output;
            lock (_random)
            {
                (dice, input, output) = (_random.Next(4), _random.Next(1, 1_000), _random.Next(1, 1_000));
            }

            if (dice % 2 == 0)
            {
                await Task.Yield();
            }

            if (dice == 3)
            {
                throw new InvalidOperationException("The provider fails.");
            }

            Interlocked.Increment(ref tree._completed);
            Interlocked.Add(ref tree._input, input);
            Interlocked.Add(ref tree._output, output);
            return Response(input, output);
        }
    }

    private sealed class Cache : Client
    {
        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(Response(11, 7));
    }

    /// <summary>The first that answers.</summary>
    private sealed class Failover(IChatClient[] children) : Client
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            for (var i = 0; ; i++)
            {
                try
                {
                    return await AskAsync(children[i], i, messages, cancellationToken);
                }
                catch (InvalidOperationException) when (i < children.Length - 1)
                {
                }
            }
        }
    }

    /// <summary>All at once; the first in order that answered.</summary>
    private sealed class Hedge(IChatClient[] children) : Client
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            Task<ChatResponse>[] asked = [.. children.Select((child, i) => Task.Run(() => AskAsync(child, i, messages, cancellationToken), cancellationToken))];
            await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return await (Array.Find(asked, task => task.IsCompletedSuccessfully) ?? asked[0]);
        }
    }

    /// <summary>One after the other; the last one's answer.</summary>
    private sealed class Each(IChatClient[] children) : Client
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            ChatResponse? response = null;
            for (var i = 0; i < children.Length; i++)
            {
                response = await AskAsync(children[i], i, messages, cancellationToken);
            }

            return response!;
        }
    }

    private abstract class Client : IChatClient
    {
        public abstract Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default);

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
            {
                yield return update;
            }
        }

        public virtual object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }

        /// <summary>Every other child by a stream.</summary>
        protected static Task<ChatResponse> AskAsync(IChatClient child, int place, IEnumerable<ChatMessage> messages, CancellationToken cancellationToken) =>
            place % 2 == 0
                ? child.GetResponseAsync(messages, cancellationToken: cancellationToken)
                : child.GetStreamingResponseAsync(messages, cancellationToken: cancellationToken).ToChatResponseAsync(cancellationToken);
    }
}
