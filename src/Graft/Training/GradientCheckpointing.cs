using Graft.Plans;

namespace Graft.Training;

/// <summary>
/// Which values are not kept for the backward but computed again from those that are (Chen et al. 2016, "Training deep nets with sublinear memory cost", arXiv:1604.06174): the wide ones, at most two in
/// a row. In an inverted residual these are the expansion and the depthwise output, so that only the narrow values between blocks are kept.
/// </summary>
internal static class GradientCheckpointing
{
    private const int LongestChain = 2;

    /// <summary>Marks the values and says what is computed again before the backward of each step.</summary>
    /// <param name="steps">The steps, in order.</param>
    /// <returns>For each step the steps to run forward again before its backward, in order.</returns>
    public static TrainingStep[][] Plan(TrainingStep[] steps)
    {
        Dictionary<ActivationBuffer, int> chains = [];
        foreach (TrainingStep step in steps)
        {
            int chain = 1 + step.Inputs.Max(use => chains.GetValueOrDefault(use.Buffer));
            if (!step.Kernel.IsCheapToRepeat || chain > LongestChain || !step.Output.NeedsGradient) continue;
            chains.Add(step.Output, chain);
            step.Output.IsRecomputed = true;
        }

        // In the order of the backward: before the first step that looks at a value, after what it is computed from.
        TrainingStep[][] before = [.. steps.Select(_ => Array.Empty<TrainingStep>())];
        HashSet<ActivationBuffer> there = [];
        for (int i = steps.Length - 1; i >= 0; i--)
        {
            List<TrainingStep> again = [];
            foreach (InputUse use in steps[i].Inputs) Collect(use.Buffer, again);
            Collect(steps[i].Output, again);
            before[i] = [.. again];
        }

        return before;

        void Collect(ActivationBuffer buffer, List<TrainingStep> again)
        {
            if (!buffer.IsRecomputed || !there.Add(buffer)) return;
            TrainingStep maker = steps.First(step => step.Output == buffer);
            foreach (InputUse use in maker.Inputs) Collect(use.Buffer, again);
            again.Add(maker);
        }
    }
}
