using System.Diagnostics.Metrics;
using Graft.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds image classifiers to an application's services, and to its health checks.</summary>
public static class ImageClassifierServices
{
    /// <summary>Adds an <see cref="IImageClassifier"/>. The host does not start when its file cannot be served.</summary>
    /// <param name="services">The services.</param>
    /// <param name="path">The <c>.graft</c> file.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddImageClassifier(this IServiceCollection services, string path) => Add(services, Options.Options.DefaultName, options => options.Path = path);

    /// <summary>Adds an <see cref="IImageClassifier"/>. The host does not start when its file cannot be served.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; null where they are configured elsewhere.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddImageClassifier(this IServiceCollection services, Action<ImageClassifierOptions>? configure = null) => Add(services, Options.Options.DefaultName, configure);

    /// <summary>Adds an <see cref="IImageClassifier"/> that is asked for by its key: <c>[FromKeyedServices("flowers")] IImageClassifier flowers</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, which is also the name of its options.</param>
    /// <param name="path">The <c>.graft</c> file.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedImageClassifier(this IServiceCollection services, string key, string path) => AddKeyedImageClassifier(services, key, options => options.Path = path);

    /// <summary>Adds an <see cref="IImageClassifier"/> that is asked for by its key: <c>[FromKeyedServices("flowers")] IImageClassifier flowers</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, which is also the name of its options.</param>
    /// <param name="configure">Sets the options; null where they are configured elsewhere.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedImageClassifier(this IServiceCollection services, string key, Action<ImageClassifierOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Add(services, key, configure);
    }

    /// <summary>Adds a health check of a classifier: healthy, with the file, when it was loaded and its labels, or degraded, with the reason, where the file has changed and cannot be served.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="key">The classifier's key; null for the one without.</param>
    /// <param name="name">The check's name; null for <c>image_classifier</c>, followed by the key.</param>
    /// <param name="failureStatus">What is reported where the file cannot be served.</param>
    /// <param name="tags">The check's tags.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddImageClassifier(
        this IHealthChecksBuilder builder, string? key = null, string? name = null, HealthStatus failureStatus = HealthStatus.Degraded, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        name ??= key is null ? "image_classifier" : $"image_classifier_{key}";
        return builder.Add(new HealthCheckRegistration(name, provider => new ImageClassifierHealthCheck(provider.GetImageClassifier(key ?? Options.Options.DefaultName)), failureStatus, tags));
    }

    /// <summary>The classifier of a name.</summary>
    internal static IImageClassifier GetImageClassifier(this IServiceProvider provider, string name) =>
        name.Length == 0 ? provider.GetRequiredService<IImageClassifier>() : provider.GetRequiredKeyedService<IImageClassifier>(name);

    private static IServiceCollection Add(IServiceCollection services, string name, Action<ImageClassifierOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null) services.Configure(name, configure);

        // Added again, it only gets more options.
        if (services.Any(service => service.ServiceType == typeof(Registration) && service.ImplementationInstance is Registration added && added.Name == name)) return services;
        services.AddSingleton(new Registration(name));
        services.AddSingleton<IValidateOptions<ImageClassifierOptions>>(new ImageClassifierOptionsValidator(name));
        services.AddOptions<ImageClassifierOptions>(name).PostConfigure<IServiceProvider>(Locate);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartupLoad>());
        return name.Length == 0
            ? services.AddSingleton<IImageClassifier>(provider => Make(provider, name))
            : services.AddKeyedSingleton<IImageClassifier>(name, (provider, _) => Make(provider, name));
    }

    private static HostedImageClassifier Make(IServiceProvider provider, string name) => new(
        name,
        provider.GetRequiredService<IOptionsMonitor<ImageClassifierOptions>>().Get(name),
        provider.GetService<ILoggerFactory>()?.CreateLogger("Graft.Hosting.ImageClassifier") ?? NullLogger.Instance,
        provider.GetService<IMeterFactory>(),
        provider.GetService<TimeProvider>());

    /// <summary>Makes the path whole.</summary>
    private static void Locate(ImageClassifierOptions options, IServiceProvider provider)
    {
        if (string.IsNullOrWhiteSpace(options.Path) || options.Path.Contains('\0')) return;
        string root = provider.GetService<IHostEnvironment>()?.ContentRootPath ?? Environment.CurrentDirectory;
        options.Path = Path.GetFullPath(options.Path, Path.GetFullPath(root));
    }
}
