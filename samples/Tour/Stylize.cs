using Graft;
using Graft.Vision;
using Graft.Vision.Decoding;
using Graft.Vision.Stylization;

namespace Tour;

internal static class Stylize
{
    public static void Run()
    {
        StyleResult result = StyleTrainer.Train(Model.Load("trunk.graft"), ImageDecoder.DecodeFile("style.png"), ImageDataset.FromUnlabelledFolder("photographs").Items);
        using Stylizer stylizer = new(result.Model);
        File.WriteAllBytes("styled.png", stylizer.Apply(ImageDecoder.DecodeFile("image.jpg")).ToPng());
    }
}
