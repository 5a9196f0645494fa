using Graft.Inference;
using Graft.Networks;

namespace Graft.Lite.Tests;

/// <summary>Runs what was imported.</summary>
internal static class LiteModel
{
    /// <summary>What the main output is for one image.</summary>
    public static float[] Run(Model model, float[] image)
    {
        Graph graph = model.Network.Graph;
        float[] output = new float[graph.OutputShape(graph.Outputs[^1].Name).Count];
        using InferenceSession session = InferencePlan.Compile(model.Network, new InferenceOptions { Threads = 1 }).CreateSession();
        session.Run(image, 1, output);
        return output;
    }
}
