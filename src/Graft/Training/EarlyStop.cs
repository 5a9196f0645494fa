namespace Graft.Training;

/// <summary>How the schedule of a training was cut short, because no epoch had been better for so many.</summary>
/// <param name="After">The last epoch of the schedule as it was planned, from 1.</param>
/// <param name="CoolDown">The number of epochs in which the rate then fell to its end.</param>
/// <param name="Planned">The number of epochs that were planned.</param>
public sealed record EarlyStop(int After, int CoolDown, int Planned)
{
    private const double Part = 1 / 3.0;

    /// <summary>The number of epochs that are trained.</summary>
    public int Epochs => After + CoolDown;

    /// <summary>Cuts what is left to a third; null where that is nothing less.</summary>
    internal static EarlyStop? At(int epoch, int planned)
    {
        EarlyStop stop = new(epoch, (int)Math.Ceiling((planned - epoch) * Part), planned);
        return stop.Epochs < planned ? stop : null;
    }
}
