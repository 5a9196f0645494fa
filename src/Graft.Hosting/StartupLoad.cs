using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Graft.Hosting;

/// <summary>Loads all classifiers before anything else of the host starts: one that cannot be served, or whose options are wrong, ends the start, not the first request. One that a test has replaced is left alone.</summary>
internal sealed class StartupLoad(IServiceProvider services, IEnumerable<Registration> registrations) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (Registration registration in registrations)
        {
            cancellationToken.ThrowIfCancellationRequested();
            services.GetImageClassifier(registration.Name);
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
