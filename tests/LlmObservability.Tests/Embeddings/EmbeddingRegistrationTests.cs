using LlmObservability.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Generator = Microsoft.Extensions.AI.IEmbeddingGenerator<string, Microsoft.Extensions.AI.Embedding<float>>;

namespace LlmObservability.Tests.Embeddings;

public sealed class EmbeddingRegistrationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Registered_generators_are_wrapped_keyed_and_unkeyed_each_once()
    {
        var services = new ServiceCollection();
        using var instance = new ScriptedEmbeddingGenerator();
        ScriptedEmbeddingGenerator? made = null;
        services.AddSingleton<Generator>(instance);
        services.AddSingleton<IEmbeddingGenerator>(provider => provider.GetRequiredService<Generator>());
        services.AddKeyedSingleton<Generator>("a", (_, _) => made = new ScriptedEmbeddingGenerator());
        services.AddKeyedTransient<Generator>("alias", (provider, _) => provider.GetRequiredKeyedService<Generator>("a"));
        var sink = new RecordingSink();
        services.AddLlmObservability().AddSink("recording", _ => sink).ObserveEmbeddingGenerators().ObserveEmbeddingGenerators<string, Embedding<float>>();
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<Generator>().GenerateAsync(["x"], null, Token);
        await provider.GetRequiredKeyedService<Generator>("a").GenerateAsync(["x"], null, Token);
        await provider.GetRequiredKeyedService<Generator>("alias").GenerateAsync(["x"], null, Token);
        provider.GetRequiredService<IEmbeddingGenerator>().ShouldBeSameAs(provider.GetRequiredService<Generator>());

        await provider.GetRequiredService<LlmObserver>().FlushAsync(Token);
        sink.Calls.Count.ShouldBe(3);
        sink.Calls.ShouldAllBe(call => call.Operation == "embeddings" && call.AttemptCount == 1);
        await provider.DisposeAsync();
        (made!.Disposed, instance.Disposed).ShouldBe((true, false));
    }

    [Fact]
    public async Task The_wrap_fits_a_generator_pipeline_as_a_method_group()
    {
        var services = new ServiceCollection();
        services.AddLlmObservability();
        await using var provider = services.BuildServiceProvider();
        var builder = new PipelineLikeBuilder<string, Embedding<float>>(new ScriptedEmbeddingGenerator());
        using var generator = builder.Use(LlmObservabilityEmbeddingGeneratorExtensions.WithLlmObservability).Build(provider);
        (await generator.GenerateAsync(["x"], null, Token)).GetLlmCall().ShouldNotBeNull();
        var options = new LlmClientOptions();
        generator.WithLlmObservability(provider, options).ShouldBeSameAs(generator);
    }

    [Fact]
    public void Wrapping_without_the_line_at_start_up_says_what_to_do()
    {
        using var provider = new ServiceCollection().BuildServiceProvider();
        using var generator = new ScriptedEmbeddingGenerator();
        Should.Throw<InvalidOperationException>(() => generator.WithLlmObservability(provider)).Message.ShouldContain("AddLlmObservability");
    }

    /// <summary>The shape of Microsoft.Extensions.AI's EmbeddingGeneratorBuilder.Use, with its overloads.</summary>
    private sealed class PipelineLikeBuilder<TInput, TEmbedding>(IEmbeddingGenerator<TInput, TEmbedding> inner)
        where TEmbedding : Embedding
    {
        private readonly List<Func<IEmbeddingGenerator<TInput, TEmbedding>, IServiceProvider, IEmbeddingGenerator<TInput, TEmbedding>>> _steps = [];

        public PipelineLikeBuilder<TInput, TEmbedding> Use(Func<IEmbeddingGenerator<TInput, TEmbedding>, IEmbeddingGenerator<TInput, TEmbedding>> step) =>
            Use((generator, _) => step(generator));

        public PipelineLikeBuilder<TInput, TEmbedding> Use(
            Func<IEmbeddingGenerator<TInput, TEmbedding>, IServiceProvider, IEmbeddingGenerator<TInput, TEmbedding>> step)
        {
            _steps.Add(step);
            return this;
        }

        public PipelineLikeBuilder<TInput, TEmbedding> Use(
            Func<IEnumerable<TInput>, EmbeddingGenerationOptions?, IEmbeddingGenerator<TInput, TEmbedding>, CancellationToken, Task<GeneratedEmbeddings<TEmbedding>>>? shared) =>
            throw new NotSupportedException(shared?.ToString());

        public IEmbeddingGenerator<TInput, TEmbedding> Build(IServiceProvider services)
        {
            var generator = inner;
            foreach (var step in Enumerable.Reverse(_steps))
            {
                generator = step(generator, services);
            }

            return generator;
        }
    }
}
