namespace Graft.Formats;

/// <summary>The exponential moving average of a network's weights, which many trainings keep beside them, and how it is told apart.</summary>
internal static class AveragedWeights
{
    /// <summary>Whether a name is that of averaged weights: one of its words is <c>ema</c>, <c>swa</c> or <c>averaged</c>, as in <c>model_ema</c> and <c>state_dict_ema</c>.</summary>
    public static bool IsName(string name) =>
        name.Split('.', '_', '-').Any(word => word.ToLowerInvariant() is "ema" or "swa" or "averaged");

    /// <summary>Says which of both was taken, and how the other one is.</summary>
    /// <param name="average">What the average is called.</param>
    /// <param name="plain">What the network as it was last is called.</param>
    /// <param name="take">Which were wanted.</param>
    public static string Chosen(string average, string plain, CheckpointWeights take) => take == CheckpointWeights.Model
        ? $"Took {plain}, the network as it was last; {average}, its average, is there too (--take ema)."
        : $"Took {average}, the average of the weights; {plain}, the network as it was last, is there too (--take model).";
}
