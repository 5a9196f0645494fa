using TorchSharp;
using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>How far the gradients of a first batch are from libtorch's in float64: those of files that `bench first-gradients` wrote, and libtorch's own in float32 and under autocast.</summary>
internal static class Gradients
{
    public static int Run(string start, string architecture, double width, IEnumerable<string> files)
    {
        (Dictionary<string, Tensor> exact, double loss) = Of(start, architecture, width, ScalarType.Float64, autocasts: false);
        Print("libtorch float32", Of(start, architecture, width, ScalarType.Float32, autocasts: false));
        Print("libtorch autocast", Of(start, architecture, width, ScalarType.Float32, autocasts: true));
        foreach (string file in files)
        {
            Dictionary<string, Tensor> gradients = StartFile.Read(file);
            Print(Path.GetFileNameWithoutExtension(file), (gradients, gradients["loss"].item<float>()));
        }

        return 0;

        void Print(string name, (Dictionary<string, Tensor> Gradients, double Loss) other)
        {
            double largest = exact.Values.Max(gradient => gradient.norm().item<double>());
            double[] errors = [.. exact.Where(pair => pair.Value.norm().item<double>() > 1e-6 * largest).Select(pair => ((other.Gradients[pair.Key].to(ScalarType.Float64).reshape(pair.Value.shape) - pair.Value).norm() / pair.Value.norm()).item<double>()).Order()];
            Console.WriteLine(FormattableString.Invariant($"{name,-24} of {errors.Length} tensors: median {errors[errors.Length / 2]:0.0e+0}, largest {errors[^1]:0.0e+0}; loss {other.Loss:0.000000}, {other.Loss - loss:0.0e+0} from float64"));
        }
    }

    private static (Dictionary<string, Tensor> Gradients, double Loss) Of(string start, string architecture, double width, ScalarType type, bool autocasts)
    {
        Dictionary<string, Tensor> file = StartFile.Read(start);
        PeerNetwork network = PeerNetwork.Of(architecture, width, 1000, autocasts);
        network.Load(file);
        network.to(type);
        network.train();
        Tensor loss = nn.functional.cross_entropy(network.call(file["data.images"].permute(0, 3, 1, 2).to(type)), file["data.labels"].to(ScalarType.Int64));
        loss.backward();
        return (network.Gradients(), loss.to(ScalarType.Float64).item<double>());
    }
}
