using System.Globalization;
using Graft.Formats;
using Graft.Tensors;
using Graft.Training;

namespace Graft.Bench;

/// <summary>Writes the gradients of the first batch, and its loss, for Graft.TorchPeer to compare with its own in float64.</summary>
internal static class FirstGradients
{
    public static int Run(Arguments arguments)
    {
        TensorFile file = Safetensors.Read(arguments.Text("start", "start.safetensors"));
        double width = double.Parse(arguments.Text("width", "1.0"), CultureInfo.InvariantCulture);
        TrainingPrecision precision = Enum.Parse<TrainingPrecision>(arguments.Text("precision", "float32"), ignoreCase: true);
        using TrainingRun run = new(file.Tensors, width, file.Tensors[TrainStart.Images].Shape[0], arguments.Number("threads", 2), precision: precision, architecture: arguments.Text("architecture", TrainStart.MobileNet2));
        float loss = (float)run.Gradients(0);
        Safetensors.Write(arguments.Text("out", "gradients.safetensors"), run.Plan.Weights.Select(weight => KeyValuePair.Create(weight.Name, weight.Gradient)).Append(KeyValuePair.Create("loss", new Tensor([1], [loss]))));
        return 0;
    }
}
