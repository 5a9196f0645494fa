using Graft.Inference;
using Graft.Networks;
using Graft.Studies.Data;
using Graft.Training;

namespace Graft.Studies.Training;

/// <summary>Measures trained networks.</summary>
internal static class Judge
{
    private const int Batch = 64;

    /// <summary>The part of the pictures that a network takes for another class; chance where its numbers are not finite.</summary>
    public static double Error(Network network, Pictures pictures)
    {
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = 1 }).CreateSession();
        int classes = pictures.Classes.Count, wrong = 0;
        float[] outputs = new float[Batch * classes];
        for (int start = 0; start < pictures.Count; start += Batch)
        {
            int count = Math.Min(Batch, pictures.Count - start);
            session.Run(pictures.Pixels.AsSpan(start * pictures.Length, count * pictures.Length), count, outputs.AsSpan(0, count * classes));
            for (int i = 0; i < count; i++)
                if (Best(outputs.AsSpan(i * classes, classes)) != pictures.Labels[start + i]) wrong++;
        }

        return (double)wrong / pictures.Count;
    }

    /// <summary>The network with population statistics in its batch norms: the means over batches of the training pictures, not augmented, under the weights as they are now.</summary>
    /// <param name="network">The network.</param>
    /// <param name="pictures">The training pictures.</param>
    /// <param name="batch">The size of the batches.</param>
    /// <param name="most">How many pictures do.</param>
    public static Network WithPopulationStatistics(Network network, Pictures pictures, int batch, int most = 1024)
    {
        if (network.Graph.Parameters.Values.All(parameter => !parameter.IsBuffer)) return network;
        Recipe recipe = new() { Batch = Math.Min(batch, pictures.Count), Augments = false };
        using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = recipe.Batch, Threads = 1 });
        Batches batches = new(pictures, recipe, seed: 0);
        int[] labels = new int[recipe.Batch];
        int steps = Math.Clamp(most / recipe.Batch, 1, recipe.EpochSteps(pictures.Count));
        PopulationStatistics.Recompute(plan, Enumerable.Range(0, steps), step => batches.Fill(step, 0, plan.Input().Span, labels));
        return plan.ToNetwork();
    }

    /// <summary>The error where batch norms normalize test pictures by the batches that these are in, as in training; pictures that fill no batch are left out.</summary>
    /// <param name="network">The network.</param>
    /// <param name="pictures">The pictures; their order is by chance.</param>
    /// <param name="batch">The size of the batches.</param>
    public static double ErrorByBatchStatistics(Network network, Pictures pictures, int batch)
    {
        Recipe recipe = new() { Batch = Math.Min(batch, pictures.Count), Augments = false };
        using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = recipe.Batch, Threads = 1 });
        Batches batches = new(pictures, recipe, seed: 0);
        int[] labels = new int[recipe.Batch];
        int classes = pictures.Classes.Count, steps = recipe.EpochSteps(pictures.Count), wrong = 0;
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
