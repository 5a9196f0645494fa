namespace Graft.Hosting;

/// <summary>The name of what measures: <c>metrics.AddMeter(ModelMeter.Name)</c> lets OpenTelemetry export it.</summary>
public static class ModelMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Graft.Hosting";
}
