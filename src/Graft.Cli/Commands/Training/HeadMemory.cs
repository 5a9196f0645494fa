using Graft.Networks;
using Graft.Vision;

namespace Graft.Cli.Commands.Training;

/// <summary>What a head takes while it is fitted: more labels than there is memory for are refused before, where the system would stop the training in the middle.</summary>
internal static class HeadMemory
{
    // Bytes. Measured at the peak: 1.9 GB for a readout of 9,000 labels on 1,280 features of 100 images.
    private const long OfAWeight = 160, OfATarget = 16;
    private const double Told = 2, Part = 0.75;

    /// <summary>What there is to say before a head is fitted; null: nothing.</summary>
    /// <param name="trunk">What it is put on.</param>
    /// <param name="images">What it is fitted to.</param>
    /// <param name="available">The memory of the machine, or what the tool may use of it, in bytes.</param>
    /// <exception cref="GraftException">There is not enough memory for it.</exception>
    public static string? Say(Graph trunk, ImageFolder images, long available)
    {
        long features = trunk.OutputShape(ClassifierHead.Features).Count, outputs = images.Classes.Count;
        double needed = InGigabytes((features * outputs * OfAWeight) + (images.Items.Count * outputs * OfATarget)), has = InGigabytes(available);
        string what = $"A head of {Amount.Of(outputs, images.Task switch { ModelTask.Classify => "class", ModelTask.MultiLabel => "label", _ => "number" })} on {Amount.Of(features, "feature")} takes about {needed:N0} GB of memory to fit";
        if (needed > Part * has) throw new GraftException(FormattableString.Invariant($"{what}, and there are {has:N0}. Leave out what few images have, or train where there is more."));
        return needed > Told ? $"{what}." : null;
    }

    private static double InGigabytes(double bytes) => bytes / (1 << 30);
}
