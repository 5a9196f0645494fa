using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Graft.Hosting;

/// <summary>Says what is served, and whether the file has changed since into something that cannot be.</summary>
internal sealed class ImageClassifierHealthCheck(IImageClassifier classifier) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        (ServedModel served, ReloadFailure? failure) = (classifier.Served, classifier.Failure);
        Dictionary<string, object> facts = new()
        {
            ["file"] = served.Path,
            ["sha256"] = served.Sha256,
            ["loaded_at"] = served.LoadedAt,
            ["number"] = served.Number,
            ["labels"] = served.Labels.ToArray(),
        };
        if (failure is null) return Task.FromResult(HealthCheckResult.Healthy($"{served.Path}, loaded at {served.LoadedAt:u}, {served.Labels.Length} labels.", facts));
        facts["failed_at"] = failure.At;
        return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, $"What was loaded at {served.LoadedAt:u} is served on: {failure.Reason}", data: facts));
    }
}
