using Graft;
using Graft.Formats;
using Graft.Keras;
using Graft.Lite;
using Graft.Onnx;

namespace Tour;

internal static class Importing
{
    public static void Run()
    {
        Imported imported = WeightImporter.Import("mobilenetv2.safetensors", new WeightImportOptions { Take = CheckpointWeights.Average });
        LoadReport report = imported.Report;
        Console.WriteLine($"{report.Applied.Length} weights, {report.Unused.Length} without a place, {report.Missing.Length} missing");
        Model model = imported.AssumesPreprocessing ? imported.Model with { Preprocessing = Preprocessing.Torchvision } : imported.Model;
        model.Save("mobilenetv2.graft");

        OnnxExporter.Export(model, "mobilenetv2.onnx", new OnnxExportOptions { Layout = ImageLayout.Nhwc, IncludeProbabilities = true });
        OnnxImport trunk = OnnxImporter.Import("mobilenetv2.onnx", new OnnxImportOptions { DropHead = true });
        Console.WriteLine($"of {trunk.Report.Producer}: {trunk.Report.Nodes} nodes, of which {trunk.Model.Network.Graph.Nodes.Length} were kept");

        LiteImport lite = LiteImporter.Import("mobilenet_v2_quant.tflite", new LiteImportOptions { Weights = LiteWeights.Float });
        foreach (string note in lite.Report.Notes) Console.WriteLine(note);

        KerasImport keras = KerasImporter.Import("flowers.keras", new KerasImportOptions { DropHead = true });
        Console.WriteLine($"of Keras {keras.Report.Version}: {keras.Report.Weights.Applied.Length} weights");
    }
}
