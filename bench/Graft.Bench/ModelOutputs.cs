using Graft.Formats;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Numerics;
using Graft.Tensors;

namespace Graft.Bench;

/// <summary>Writes random pixels and what a model makes of them, for bench/compare_exports.py, which computes the same with torch from the exported weights.</summary>
internal static class ModelOutputs
{
    private const int Images = 2;

    public static int Run(Arguments arguments)
    {
        string name = arguments.Text("model", "mobilenetv2_100");
        Model model = Find(name, arguments);
        if (arguments.Text("save", "") is { Length: > 0 } file) model.Save(file);
        NetworkInput image = model.Network.Graph.Inputs[0];
        Tensor pixels = new([Images, image.Height, image.Width, image.Channels]);
        Philox random = new(5, 0);
        for (int i = 0; i < pixels.Span.Length; i++) pixels.Span[i] = (float)((2 * random.Uniform((ulong)i)) - 1);

        bool hasHead = model.Network.Graph.Outputs.Any(output => output.Name == ClassifierHead.Logits);
        string wanted = hasHead ? ClassifierHead.Logits : ClassifierHead.Features;
        using InferenceSession session = InferencePlan.Compile(model.Network, new InferenceOptions { Outputs = [wanted] }).CreateSession();
        session.Run(pixels.Span, Images);
        ReadOnlySpan<float> values = session.Output(wanted);
        Tensor outputs = new([Images, values.Length / Images], values);
        Safetensors.Write(arguments.Text("out", "outputs.safetensors"), [KeyValuePair.Create("pixels", pixels), KeyValuePair.Create("outputs", outputs)]);
        return 0;
    }

    // A file, a trunk that comes with Graft, or an architecture with random weights and statistics.
    private static Model Find(string name, Arguments arguments)
    {
        if (File.Exists(name)) return Model.Load(name);
        if (BuiltinTrunks.Names.Contains(name)) return BuiltinTrunks.Load(name);
        Preprocessing preprocessing = Architectures.Get(name).Preprocessing;
        return new Model(BenchNetworks.Make(name, preprocessing.Resolution, arguments.Number("classes", 1000), arguments.Number("same", 0) > 0)) { Preprocessing = preprocessing };
    }
}
