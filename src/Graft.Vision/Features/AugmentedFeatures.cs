using Graft.Inference;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Vision.Loading;

namespace Graft.Vision.Features;

/// <summary>A trunk's features of images as a loader gives them, varied or not; kept nowhere.</summary>
internal static class AugmentedFeatures
{
    /// <summary>Computes them, in the order of the loader.</summary>
    /// <param name="model">A model whose network has an output <c>features</c>.</param>
    /// <param name="loader">The images, of the model's preprocessing.</param>
    /// <param name="epochs">How often each image is loaded.</param>
    /// <param name="threads">The threads; 0 is one for each processor.</param>
    /// <param name="progress">Told of each batch.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The place of each image in the loader's list, and its features.</returns>
    public static IEnumerable<(int Item, float[] Features)> Of(Model model, TrainingLoader loader, int epochs, int threads, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        int side = model.Preprocessing.Resolution, done = 0;
        using InferenceSession session = InferencePlan.Compile(model.Network.Trunk().WithInputSize(side, side), new InferenceOptions { Threads = threads == 0 ? Environment.ProcessorCount : threads }).CreateSession();
        session.Cancellation = cancellation;
        foreach (TrainingBatch batch in loader.Load(0, epochs, cancellation: cancellation))
        {
            session.Run(batch.Pixels, batch.Count);
            float[] rows = session.Output(ClassifierHead.Features).ToArray();
            int length = rows.Length / batch.Count;
            for (int i = 0; i < batch.Count; i++) yield return (batch.Items[i], rows[(i * length)..((i + 1) * length)]);
            progress?.Report(new Completion(++done, epochs * loader.BatchesPerEpoch));
        }
    }
}
