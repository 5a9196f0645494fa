using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Graft.Hosting.Tests;

/// <summary>A started host with one classifier, its health checks and its log.</summary>
internal sealed class TestHost : ILoggerProvider, ILogger
{
    private readonly IHost host;

    private TestHost(Action<IServiceCollection> add)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(this);
        add(builder.Services);
        host = builder.Build();
    }

    /// <summary>What was logged: the level, and the sentence.</summary>
    public ConcurrentQueue<(LogLevel Level, string Text)> Logged { get; } = [];

    public IServiceProvider Services => host.Services;

    public IImageClassifier Classifier => Services.GetRequiredService<IImageClassifier>();

    public static async Task<TestHost> Start(Action<IServiceCollection> add)
    {
        TestHost test = new(add);
        try
        {
            await test.host.StartAsync(TestContext.Current.CancellationToken);
        }
        catch
        {
            test.host.Dispose();
            throw;
        }

        return test;
    }

    /// <summary>Serves a file, looked at so often that tests need not wait.</summary>
    public static Task<TestHost> Serve(string path, bool reload = false, int milliseconds = 5) => Start(services =>
    {
        services.AddImageClassifier(options => (options.Path, options.ReloadOnChange, options.ReloadInterval) = (path, reload, TimeSpan.FromMilliseconds(milliseconds)));
        services.AddHealthChecks().AddImageClassifier();
    });

    public async Task<HealthReportEntry> Health(string name = "image_classifier") =>
        (await Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken)).Entries[name];

    /// <summary>Waits until something is so.</summary>
    public static async Task Until(Func<bool> isSo, string what)
    {
        DateTime end = DateTime.UtcNow.AddSeconds(60);
        while (!isSo())
        {
            Assert.True(DateTime.UtcNow < end, $"after a minute not yet: {what}");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    public async Task Stop()
    {
        await host.StopAsync(TestContext.Current.CancellationToken);
        host.Dispose();
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Logged.Enqueue((logLevel, formatter(state, exception)));

    public void Dispose()
    {
    }
}
