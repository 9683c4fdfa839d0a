import time
from datetime import UTC, datetime
import numpy as np, pytest, random
from demo import shapes
from linli.place import queries as places
from linli.place.actions import import_areas, import_grids
from linli.place.rules import Datum
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
@pytest.mark.django_db
def test_scale(django_assert_num_queries):
    t=time.time(); d = shapes.draw("district", seed=1); print('draw',time.time()-t)
    t=time.time(); import_areas(rows=d.area_rows, at=AT); print('areas',time.time()-t)
    t=time.time(); r=import_grids(features=d.features, datum=Datum.CGCS2000, at=AT); print('grids',time.time()-t, len(r.created),len(r.changed),len(r.errors),len(r.warnings))
    t=time.time(); r=import_grids(features=d.features, datum=Datum.CGCS2000, at=AT); print('again',time.time()-t, r.unchanged,len(r.created),len(r.changed),len(r.errors))
    t=time.time(); places.locate_words("x"); print('words index',time.time()-t)
    t=time.time(); places.locate_point(lng=91.13,lat=29.65,datum=Datum.GCJ02); print('point index',time.time()-t)
    if True:
        rng=np.random.default_rng(1); n=20000
        x=rng.uniform(91.02,91.24,n); y=rng.uniform(29.63,29.71,n)
        for datum in (Datum.CGCS2000,Datum.GCJ02):
            t=time.time(); c=[places.locate_point(lng=a,lat=b,datum=datum) for a,b in zip(x.tolist(),y.tolist())]; dt=time.time()-t; print('scalar',datum,dt/n*1e6,'us')
        n=1000000
        x=rng.uniform(91.02,91.24,n); y=rng.uniform(29.63,29.71,n)
        t=time.time(); c=places.locate_points(lng=x,lat=y); dt=time.time()-t; print('many',n/dt, (c!='').mean())
        names=[f['properties'] for f in d.buildings]
        texts=['西藏自治区拉萨市城关区'+places.full_name(p['code'][:12]).replace('·','')+p['name']+'1单元302室' for p in random.Random(1).sample(names,2000)]
        t=time.time(); m=[places.locate_words(x) for x in texts]; print('words',(time.time()-t)/2000*1e6,'us', sum(x[0].score for x in m)/2000)
        print(texts[0],m[0]); 
        for q in ['路程巷3号院','吉日','吉日社区','洛堆社区三网格','程巷','洛堆社区 路程巷33号','jiri community','སྐྱིད་རས','幸福','纳金乡纳金村','雪社区','吉日街道洛堆社区', names[5]['name'], names[5]['name'][:3]]:
            print(q, places.locate_words(q)[:4])
        t=time.time(); l=places.layer(level='GRID'); print('layer',time.time()-t); import json; print(len(json.dumps(l)))
        t=time.time(); l=places.layer(level='GRID',is_simplified=False); print('layer',time.time()-t); print(len(json.dumps(l)))
        print(places.outside_distance_m(lng=92,lat=29.6,datum=Datum.WGS84))
