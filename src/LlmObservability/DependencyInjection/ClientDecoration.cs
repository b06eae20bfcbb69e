using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.DependencyInjection;

/// <summary>Replaces each registered client of a kind by its wrapper, keeping key and lifetime.</summary>
/// <param name="wrap">
/// Wraps a client, owned by the wrapper or not; one that is wrapped already, since its registration hands on another's, comes
/// back as it is.
/// </param>
internal sealed class ClientDecoration<TClient>(Func<TClient, LlmObserver, bool, TClient> wrap)
    where TClient : class
{
    public void Apply(IServiceCollection services)
    {
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i].ServiceType == typeof(TClient) && !IsWrapped(services[i]))
            {
                services[i] = services[i].IsKeyedService ? Keyed(services[i]) : Unkeyed(services[i]);
            }
        }
    }

    // Calling the method twice must not wrap twice.
    private static bool IsWrapped(ServiceDescriptor descriptor)
    {
        var factory = descriptor.IsKeyedService ? (Delegate?)descriptor.KeyedImplementationFactory : descriptor.ImplementationFactory;
        return factory?.Target is Wrapping;
    }

    private ServiceDescriptor Unkeyed(ServiceDescriptor descriptor)
    {
        var wrapping = new Wrapping(descriptor, wrap);
        return ServiceDescriptor.Describe(typeof(TClient), wrapping.Create, descriptor.Lifetime);
    }

    private ServiceDescriptor Keyed(ServiceDescriptor descriptor)
    {
        var wrapping = new Wrapping(descriptor, wrap);
        return ServiceDescriptor.DescribeKeyed(typeof(TClient), descriptor.ServiceKey, wrapping.CreateKeyed, descriptor.Lifetime);
    }

    private sealed class Wrapping(ServiceDescriptor inner, Func<TClient, LlmObserver, bool, TClient> wrap)
    {
        public object Create(IServiceProvider provider)
        {
            return inner.ImplementationInstance is TClient instance
                ? Wrap(provider, instance, ownsInner: false)
                : Wrap(provider, (TClient)(inner.ImplementationFactory?.Invoke(provider) ?? Construct(provider, inner.ImplementationType!)), ownsInner: true);
        }

        public object CreateKeyed(IServiceProvider provider, object? key)
        {
            return inner.KeyedImplementationInstance is TClient instance
                ? Wrap(provider, instance, ownsInner: false)
                : Wrap(provider, (TClient)(inner.KeyedImplementationFactory?.Invoke(provider, key) ?? Construct(provider, inner.KeyedImplementationType!, key)), ownsInner: true);
        }

        private TClient Wrap(IServiceProvider provider, TClient client, bool ownsInner) =>
            wrap(client, provider.GetRequiredService<LlmObserver>(), ownsInner);

        [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = "ServiceDescriptor's implementation type carries the annotation for its public constructors.")]
        [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "As above.")]
        private static object Construct(IServiceProvider provider, Type type, object? key = null)
        {
            var takesKey = key is not null && type.GetConstructors()
                .Any(constructor => constructor.GetParameters().Any(parameter => parameter.IsDefined(typeof(ServiceKeyAttribute), inherit: false)));
            return takesKey ? ActivatorUtilities.CreateInstance(provider, type, key!) : ActivatorUtilities.CreateInstance(provider, type);
        }
    }
}
