using Graft;
using Graft.Vision;
using Graft.Vision.Quantization;

namespace Tour;

internal static class Quantize
{
    public static void Run()
    {
        QuantizationResult result = Quantizer.Quantize(Model.Load("flowers.graft"), ImageDataset.FromUnlabelledFolder("flowers"));
        Console.WriteLine(result);
        result.Model.Save("flowers-int8.graft");
    }
}
