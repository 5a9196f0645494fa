namespace Graft.Reservoirs.Tasks;

/// <summary>Options of <see cref="AnomalyDetector"/>.</summary>
public sealed record AnomalyDetectorOptions
{
    /// <summary>The part of normal rows that may be called anomalies, in (0, 1).</summary>
    public double FalseAlarms
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw new GraftException($"The part of false alarms is between 0 and 1, not {value}.");
    } = 0.005;

    /// <summary>The part of the normal rows that is held out to measure errors on, in (0, 1).</summary>
    public double HeldOut
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw new GraftException($"The part held out is between 0 and 1, not {value}.");
    } = 0.3;

    /// <summary>
    /// How many anomalies one after the other are taken to be as predicted, so that they do not spoil what is predicted next; those beyond are read as they are, since the series has changed for good.
    /// </summary>
    public int MostReplaced
    {
        get;
        init => field = value >= 0 ? value : throw new GraftException($"A number of rows is 0 or more, not {value}.");
    } = 10;

    /// <summary>The network.</summary>
    public EchoStateNetworkOptions Network { get; init; } = new() { Reservoir = new() { Units = 200, InputScaling = 0.3, PassInputs = true } };
}
