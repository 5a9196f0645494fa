using Graft.Onnx.Protos;

namespace Graft.Onnx.Writing;

/// <summary>A model as an ONNX file's root message: the graph, and what a user must know beside it.</summary>
internal static class ModelWriter
{
    public static ModelProto Write(Model model, OnnxExportOptions options)
    {
        long bytes = model.Network.Weights.Values.Sum(weight => weight.Shape.Count * sizeof(float));
        if (bytes > int.MaxValue - (16 << 20))
            throw new OnnxException($"An ONNX file holds at most 2 GB, and the weights of network '{model.Network.Graph.Architecture}' take {bytes:N0} bytes. Save it as .graft instead.");

        ModelProto proto = new()
        {
            IrVersion = OnnxExporter.IrVersion,
            ProducerName = "Graft",
            ProducerVersion = typeof(ModelWriter).Assembly.GetName().Version?.ToString(3) ?? "",
            Graph = new GraphWriter(model, options).Write(),
        };
        proto.OpsetImport.Add(new OperatorSetIdProto { Version = OnnxExporter.OperatorSet });
        foreach ((string key, string value) in OnnxMetadata.Write(model, options.IncludeNormalization))
            proto.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return proto;
    }
}
