using Graft.Inference;
using Graft.Networks;
using Graft.Vision.Loading;

namespace Graft.Vision.Distillation;

/// <summary>A teacher in a phase: its compiled plan, and how much each of its values counts.</summary>
internal sealed class TaughtPart
{
    private readonly Renormalization renormalization;
    private float[] pixels = [];

    /// <summary>Compiles a teacher.</summary>
    /// <param name="teacher">The teacher.</param>
    /// <param name="all">All teachers.</param>
    /// <param name="taught">Its graph at the phase's resolution.</param>
    /// <param name="threads">The threads.</param>
    public TaughtPart(Teacher teacher, IReadOnlyList<Teacher> all, DistillationGraph.Taught taught, int threads)
    {
        Taught = taught;
        renormalization = new Renormalization(all[0].Model.Preprocessing, teacher.Model.Preprocessing);
        Scale = teacher.Weight / all[0].Weight;
        Session = InferencePlan.Compile(new Network(taught.Graph, teacher.Model.Network.Weights), new InferenceOptions { Threads = threads, Outputs = taught.Outputs }).CreateSession();
    }

    /// <summary>What the student learns of it.</summary>
    public DistillationGraph.Taught Taught { get; }

    public InferenceSession Session { get; }

    /// <summary>How much each of its values counts beside one of the first teacher's, which counts as it does where there is no other.</summary>
    public double Scale { get; }

    /// <summary>Computes its outputs for images that were normalized for the first teacher.</summary>
    public void Look(TrainingBatch batch)
    {
        if (!renormalization.IsNeeded)
        {
            Session.Run(batch.Pixels, batch.Count);
            return;
        }

        if (pixels.Length < batch.Pixels.Length) pixels = new float[batch.Pixels.Length];
        Span<float> own = pixels.AsSpan(0, batch.Pixels.Length);
        renormalization.Apply(batch.Pixels, own);
        Session.Run(own, batch.Count);
    }
}
