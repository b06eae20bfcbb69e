using System.Diagnostics.CodeAnalysis;
using LlmObservability.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.DependencyInjection;

/// <summary>Replaces each registered chat client by its wrapper, keeping key and lifetime.</summary>
internal static class ChatClientDecoration
{
    public static void Apply(IServiceCollection services)
    {
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i].ServiceType == typeof(IChatClient) && !IsWrapped(services[i]))
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

    private static ServiceDescriptor Unkeyed(ServiceDescriptor descriptor)
    {
        var wrapping = new Wrapping(descriptor);
        return ServiceDescriptor.Describe(typeof(IChatClient), wrapping.Create, descriptor.Lifetime);
    }

    private static ServiceDescriptor Keyed(ServiceDescriptor descriptor)
    {
        var wrapping = new Wrapping(descriptor);
        return ServiceDescriptor.DescribeKeyed(typeof(IChatClient), descriptor.ServiceKey, wrapping.CreateKeyed, descriptor.Lifetime);
    }

    private sealed class Wrapping(ServiceDescriptor inner)
    {
        public object Create(IServiceProvider provider)
        {
            return inner.ImplementationInstance is IChatClient instance
                ? Wrap(provider, instance, ownsInner: false)
                : Wrap(provider, (IChatClient)(inner.ImplementationFactory?.Invoke(provider) ?? Construct(provider, inner.ImplementationType!)), ownsInner: true);
        }

        public object CreateKeyed(IServiceProvider provider, object? key)
        {
            return inner.KeyedImplementationInstance is IChatClient instance
                ? Wrap(provider, instance, ownsInner: false)
                : Wrap(provider, (IChatClient)(inner.KeyedImplementationFactory?.Invoke(provider, key) ?? Construct(provider, inner.KeyedImplementationType!, key)), ownsInner: true);
        }

        private static IChatClient Wrap(IServiceProvider provider, IChatClient client, bool ownsInner)
        {
            var observer = provider.GetRequiredService<LlmObserver>();
            // One registration may hand on another's client, which is wrapped already.
            return client is ObservedChatClient observed && ReferenceEquals(observed.Observer, observer)
                ? client
                : new ObservedChatClient(client, observer, ownsInner);
        }

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
