using Graft.Inference;
using Graft.Networks;
using Graft.Studies.Data;
using Graft.Training;

namespace Graft.Studies.Training;

/// <summary>Measures trained networks.</summary>
internal static class Judge
{
    private const int Batch = 64;

    /// <summary>The part of the images that a network takes for another class; chance where its numbers are not finite.</summary>
    public static double Error(Network network, Images images)
    {
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = 1 }).CreateSession();
        int classes = images.Classes.Count, wrong = 0;
        float[] outputs = new float[Batch * classes];
        for (int start = 0; start < images.Count; start += Batch)
        {
            int count = Math.Min(Batch, images.Count - start);
            session.Run(images.Pixels.AsSpan(start * images.Length, count * images.Length), count, outputs.AsSpan(0, count * classes));
            for (int i = 0; i < count; i++)
                if (Best(outputs.AsSpan(i * classes, classes)) != images.Labels[start + i]) wrong++;
        }

        return (double)wrong / images.Count;
    }

    /// <summary>The network with population statistics in its batch norms: the means over batches of the training images, not augmented, under the weights as they are now.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">The training images.</param>
    /// <param name="batch">The size of the batches.</param>
    /// <param name="most">How many images do.</param>
    public static Network WithPopulationStatistics(Network network, Images images, int batch, int most = 1024)
    {
        if (network.Graph.Parameters.Values.All(parameter => !parameter.IsBuffer)) return network;
        Recipe recipe = new() { Batch = Math.Min(batch, images.Count), Augments = false };
        using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = recipe.Batch, Threads = 1 });
        Batches batches = new(images, recipe, seed: 0);
        int[] labels = new int[recipe.Batch];
        int steps = Math.Clamp(most / recipe.Batch, 1, recipe.EpochSteps(images.Count));
        PopulationStatistics.Recompute(plan, Enumerable.Range(0, steps), step => batches.Fill(step, 0, plan.Input().Span, labels));
        return plan.ToNetwork();
    }

    /// <summary>The error where batch norms normalize test images by the batches that these are in, as in training; images that fill no batch are left out.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">The images; their order is by chance.</param>
    /// <param name="batch">The size of the batches.</param>
    public static double ErrorByBatchStatistics(Network network, Images images, int batch)
    {
        Recipe recipe = new() { Batch = Math.Min(batch, images.Count), Augments = false };
        using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = recipe.Batch, Threads = 1 });
        Batches batches = new(images, recipe, seed: 0);
        int[] labels = new int[recipe.Batch];
        int classes = images.Classes.Count, steps = recipe.EpochSteps(images.Count), wrong = 0;
        for (int step = 0; step < steps; step++)
        {
            plan.Forward(batches.Fill(step, 0, plan.Input().Span, labels));
            for (int i = 0; i < recipe.Batch; i++)
                if (Best(plan.Output().Span.Slice(i * classes, classes)) != labels[i]) wrong++;
        }

        return (double)wrong / (steps * recipe.Batch);
    }

    private static int Best(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] > values[best]) best = i;

        // Nothing compares with what is not a number: then no answer is right.
        return float.IsFinite(values[best]) ? best : -1;
    }
}
